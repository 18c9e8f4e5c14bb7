"""How sure a figure is: intervals, looks, resampling, levels and drifts of a series."""
