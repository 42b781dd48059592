"""Cases: the life of every case under the law's clock — flow, steps, work, particulars, decision.

Owns the case row, its number, the open work and the words typed with a step. The answers and files that an
applicant sends belong to intake; what a decided case sets off belongs to the rooms above.
"""
