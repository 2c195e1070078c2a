"""How pages behave, whatever they show: access, headers, errors, forms, signed webhooks."""
