"""Writes input.f32: the beginning of the numbers that every case is tried on.

The expected values in cases_test.go are onnxruntime's for inputs that are drawn
in the order of the file from np.random.RandomState(1) by randn.
"""
import numpy as np

np.random.RandomState(1).randn(3200).astype("<f4").tofile("input.f32")
