import matplotlib

# Here rather than in MPLBACKEND, which kernels started by the tests would inherit: it would
# switch off the charts in their notebooks.
matplotlib.use("agg")
