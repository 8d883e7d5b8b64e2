"""Rapport: a candidate-relationship engine for employers' own AWS accounts."""
