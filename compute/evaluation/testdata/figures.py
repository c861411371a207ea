"""Makes answers of a network of 7 classes, answers.csv, and what scikit-learn says of them, figures.json.

    pip install numpy scikit-learn==1.9.1
    python figures.py
"""
import json
import pathlib

import numpy as np
from sklearn import metrics
from sklearn.calibration import calibration_curve

HERE = pathlib.Path(__file__).parent
CLASSES, PICTURES, BINS = 7, 400, 15

random = np.random.default_rng(23)
# Class 6 is never the truth, and class 5 is hardly ever guessed.
truth = random.integers(0, CLASSES - 1, PICTURES)
logits = random.normal(0, 1.5, (PICTURES, CLASSES))
logits[np.arange(PICTURES), truth] += 2
logits[:, 5] -= 5
p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
p = np.round(p, 6)
order = np.argsort(-p, axis=1, kind="stable")[:, :5]
guess = order[:, 0]

with open(HERE / "answers.csv", "w") as f:
    for t, best, row in zip(truth, order, p):
        print(t, *(f"{c}:{row[c]:.6f}" for c in best), sep=",", file=f)

labels = sorted(set(truth) | set(guess))
nan = {"labels": labels, "zero_division": np.nan}
precision, recall, f1, _ = metrics.precision_recall_fscore_support(truth, guess, **nan)
confidence = p[np.arange(PICTURES), guess]
accuracy, mean = calibration_curve(truth == guess, confidence, n_bins=BINS)
sizes = np.histogram(confidence, np.linspace(0, 1, BINS + 1))[0]
sizes = sizes[sizes > 0]


def plain(values):
    return [None if np.isnan(v) else float(v) for v in values]


figures = {
    "top1": metrics.accuracy_score(truth, guess),
    "top5": metrics.top_k_accuracy_score(truth, p, k=5, labels=range(CLASSES)),
    "labels": [int(v) for v in labels],
    "confusion": metrics.confusion_matrix(truth, guess, labels=labels).tolist(),
    "precision": plain(precision), "recall": plain(recall), "f1": plain(f1),
    "macro": plain(metrics.precision_recall_fscore_support(truth, guess, average="macro", **nan)[:3]),
    "accuracy": plain(accuracy), "confidence": plain(mean), "sizes": sizes.tolist(),
    "ece": float(np.sum(np.abs(accuracy - mean) * sizes) / PICTURES),
}
(HERE / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
