"""The morning forecast: which of the deadlines that run now are likely to be missed, told from the work that is open."""
