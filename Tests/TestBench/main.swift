import MetaRL
import TestSupport

MetaRLCommand.run(.test)
