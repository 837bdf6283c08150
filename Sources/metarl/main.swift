import MetaRL

MetaRLCommand.run(.standard)
