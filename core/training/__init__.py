"""How a network learns: schedules, recipes, the engine, the learning-rate finder."""
