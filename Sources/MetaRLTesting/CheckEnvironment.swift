import Envs
