import numpy as np
from scipy.optimize import minimize_scalar


def macro_f1(truth, guess, n):
    scores = []
    for k in range(n):
        hit = int(((truth == k) & (guess == k)).sum())
        total = int((truth == k).sum()) + int((guess == k).sum())
        if (truth == k).any():
            scores.append(2 * hit / total)
    return float(np.mean(scores))


def ece(p, truth, bins=10):
    """Expected calibration error over bins of equal width."""
    confidence, right = p.max(1), p.argmax(1) == truth
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(sum(abs(right[which == b].mean() - confidence[which == b].mean()) * (which == b).mean()
                     for b in range(bins) if (which == b).any()))


def fit_temperature(logits, truth, weights=None):
    w = np.ones(len(truth)) if weights is None else weights

    def loss(log_t):
        z = logits / np.exp(log_t)
        z = z - z.max(1, keepdims=True)
        return float((w * (np.log(np.exp(z).sum(1)) - z[np.arange(len(truth)), truth])).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def accept_threshold(p, truth, precision=0.9):
    """Lowest confidence over which the answered turns reach `precision`, with at least 30 of them."""
    confidence, right = p.max(1), (p.argmax(1) == truth)
    order = np.argsort(-confidence)
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ok = [i for i in range(min(29, len(order) - 1), len(order)) if running[i] >= precision]
    return float(confidence[order[max(ok)]]) if ok else 0.99


def reject_threshold(p, truth, lost=0.05):
    """Confidence under which at most `lost` of the rightly understood turns fall."""
    confidence, right = p.max(1), (p.argmax(1) == truth)
    return float(np.quantile(confidence[right], lost)) if right.any() else 0.0
