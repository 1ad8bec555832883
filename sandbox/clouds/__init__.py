"""The simulated clouds as pure tables: which resource types exist, what they need and what comes back.

A leaf: nothing here touches a disk, a network or a clock.
"""
