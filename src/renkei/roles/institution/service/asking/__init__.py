"""What this institution asks of others: plan, question, permit, presentation, papers (照会).

`plan` says what a procedure needs, `transaction` gives a request its number, `ask` writes it,
`drive` takes it to its end.
"""
