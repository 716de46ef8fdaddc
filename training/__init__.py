"""How the learned parts of the analysis are made; ``make train`` runs it, the product never does."""
