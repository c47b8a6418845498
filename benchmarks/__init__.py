"""Speed as ratios: each figure is divided by a reference measured in the same run, on the same machine."""
