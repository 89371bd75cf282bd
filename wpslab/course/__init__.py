"""Course: what a learner does, and the small world that chapters play in. Plain Python, no widgets."""
