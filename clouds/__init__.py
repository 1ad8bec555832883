"""Facts of the clouds, as tables: resource types, machines, locations, limits, prices.

Nothing here touches a network or a clock, and nothing of the program or the components is imported but
`components.base`.
"""
