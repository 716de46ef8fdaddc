"""Reports onto paper: PDF by typst, strips true to scale."""
