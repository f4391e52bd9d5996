// Filled by the budget.
