"""Pure metric functions: arrays in, a named result out; one module for each kind of quantity.

Everywhere the reference comes before the estimate, and what cannot be compared is refused with
`ParameterError`. Where the reference itself is unknown a pair is left out and counted; an estimator that
has no answer is wrong.
"""
