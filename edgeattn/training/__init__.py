"""Training: data and a model of the zoo -> a checkpoint and one line of figures per epoch."""
