import MetaRL
import TestAgents

MetaRLCommand.run(.test)
