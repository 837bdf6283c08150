import Ferry
import MetaRL

var library = Library.standard
library.environments.register(Ferry.entry)
library.cells.register("leaky", "Units that forget at rates they learn.", LeakyCell.self)
MetaRLCommand.run(library)
