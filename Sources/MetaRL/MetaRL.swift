@_exported import Agents
@_exported import Autodiff
@_exported import Command
@_exported import Configuration
@_exported import Envs
@_exported import Experiments
@_exported import NeuroMod
@_exported import Tensor
