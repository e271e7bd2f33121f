"""Does the loop learn what people mean? Experiments with a hidden gold reward, minutes on two cores.

python -m benchmarks.learning [--seeds 5] [--only over-optimisation,rounds] [--out DIR]
"""
