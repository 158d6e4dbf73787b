"""The network: hashed linear tables, stacked.

    deep   = scale * sum(table[index[ids]])    one column per label of every head, from utterances and real turns;
                                               then one per emotion from public sets
    polar  = scale * sum(polarity[ids])        one column, from reviews
    x      = concat(deep, polar)
    hidden = relu(x @ w1 + b1)
    logits = concat(hidden, x) @ w + b         one per head

The columns are convex fits (linear SVMs): with tens of thousands of short labelled turns they generalise better than
an embedding table trained by gradient descent (measured: 0.76 against 0.72 top-1 on the development turns).
`index` maps the hashed n-gram to a row of the compact table, or to row 0, which is all zeros: an n-gram never seen in
training adds nothing, which a table of as many rows as there are n-grams worth keeping could not promise.
The intent head passes its columns on as they are; a trained layer over them followed the mixture of the training sets.
Sentiment and emotion, which have to weigh service turns against long reviews, get a small dense part trained by
gradient descent, and only on out-of-fold columns: columns of rows the table was fitted on look far too certain.

Plain NumPy and scikit-learn: a framework would only add gigabytes of installation.
"""
import numpy as np
import scipy.sparse as sp
from sklearn.svm import LinearSVC

from reading import read, read_all
from text import analyze, reduce_ids


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


class Encoded:
    """Feature ids of a list of rows, as a binary bag scaled by 1/sqrt(tokens): what the exported graph is fed."""

    def __init__(self, rows, n_ids):
        read_all(row.text for row in rows if not row.verbatim)
        indices, indptr, data = [], [0], []
        for row in rows:
            _, tokens, hashes = analyze(row.text if row.verbatim else read(row.text), row.context)
            ids = reduce_ids(hashes, n_ids)
            indices.append(np.array(ids, np.int32))
            indptr.append(indptr[-1] + len(ids))
            data.append(np.full(len(ids), 1 / np.sqrt(max(1, len(tokens)))))
        self.matrix = sp.csr_matrix((np.concatenate(data), np.concatenate(indices), np.array(indptr)), (len(rows), n_ids))


def balance(labels, n_labels, power=0.5):
    """A weight per row that lifts rare labels: real turns are one fifth acknowledgements, first questions are not."""
    counts = np.maximum(1, np.bincount(labels, minlength=n_labels))
    return (counts.mean() / counts[labels]) ** power


def linear_columns(x, labels, n_labels, c, weights=None):
    """One-against-rest SVM weights, one column per label, and the intercepts."""
    svm = LinearSVC(C=c, max_iter=400, random_state=0).fit(x, labels, sample_weight=weights)
    weights, bias = np.zeros((x.shape[1], n_labels)), np.full(n_labels, -1.0)
    if len(svm.classes_) == 2:
        coef, intercept = np.vstack([-svm.coef_, svm.coef_]), np.array([-svm.intercept_[0], svm.intercept_[0]])
    else:
        coef, intercept = svm.coef_, svm.intercept_
    weights[:, svm.classes_] = coef.T
    bias[svm.classes_] = intercept
    return weights, bias


def polarity_column(x, positive, c=1.0):
    """Polarity as one column: a linear SVM over tf-idf, the idf folded into the weights.

    The length it divides by at training is that of the weighted vector, the graph's is that of the plain one;
    that scales the answer and leaves its sign. The bias is left to the heads."""
    seen = np.asarray((x > 0).sum(0)).ravel()
    idf = np.where(seen >= 2, np.log((1 + x.shape[0]) / (1 + seen)) + 1, 0)
    weighted = x @ sp.diags(idf)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(1)).ravel())
    svm = LinearSVC(C=c, max_iter=300, random_state=0).fit(sp.diags(1 / np.maximum(length, 1e-9)) @ weighted, positive)
    return (svm.coef_[0] * idf)[:, None]


def strongest_rows(weights, x, keep):
    """The rows worth keeping: those with the largest weight, counted by how often they speak."""
    seen = np.asarray((x > 0).sum(0)).ravel()
    strength = np.abs(weights).max(1) * np.sqrt(seen)
    strength[0] = 0
    return np.sort(np.argsort(-strength, kind="stable")[:keep])


def only_rows(x, rows):
    keep = np.zeros(x.shape[1])
    keep[rows] = 1
    return x @ sp.diags(keep)


class Dense:
    """The small trained part on top of the two tables."""

    def __init__(self, width, hidden, heads, seed, identity, trained):
        rng = np.random.default_rng(seed)
        self.heads, self.trained = heads, trained
        self.p = {
            "w1": rng.normal(0, (1 / width) ** 0.5, (width, hidden)),
            "b1": np.zeros(hidden),
        }
        for head, labels in heads.items():
            w = np.zeros((hidden + width, len(labels)))
            # Start from the linear model's own answer; training adds what the hidden layer knows better.
            for k, column in enumerate(identity[head]):
                w[hidden + column, k] = 2.0
            if head == "sentiment":
                # The last column is polarity; its start decides how soon long reviews are heard.
                w[-1] = [-1, 0, 1]
            self.p["w_" + head] = w
            self.p["b_" + head] = np.zeros(len(labels))

    def forward(self, x, drop=None):
        p = self.p
        pre = x @ p["w1"] + p["b1"]
        hidden = np.maximum(pre, 0)
        if drop is not None:
            hidden = hidden * drop
        joined = np.concatenate([hidden, x], 1)
        return {h: joined @ p["w_" + h] + p["b_" + h] for h in self.heads}, (pre, joined)

    def gradients(self, x, targets, weights, drop):
        """Cross-entropy against soft targets; `weights[h][i]` is 0 where row i says nothing about head h."""
        p = self.p
        logits, (pre, joined) = self.forward(x, drop)
        grads, d_joined = {}, 0
        n_hidden = p["w1"].shape[1]
        for h in self.trained:
            dz = (softmax(logits[h]) - targets[h]) * weights[h][:, None] / len(x)
            grads["w_" + h] = joined.T @ dz
            grads["b_" + h] = dz.sum(0)
            d_joined = d_joined + dz @ p["w_" + h].T
        d_pre = d_joined[:, :n_hidden] * drop * (pre > 0)
        grads["w1"] = x.T @ d_pre
        grads["b1"] = d_pre.sum(0)
        return grads


def fit_dense(net, groups, steps, lr, seed, decay=0.02, hidden_drop=0.3):
    """`groups`: list of (x, targets, weights, rows per step). Each step draws from every group."""
    rng = np.random.default_rng(seed)
    m = {k: np.zeros_like(v) for k, v in net.p.items()}
    v2 = {k: np.zeros_like(v) for k, v in net.p.items()}
    average = {k: v.copy() for k, v in net.p.items()}
    n_hidden = net.p["w1"].shape[1]
    for step in range(steps):
        xs, targets, weights = [], {h: [] for h in net.heads}, {h: [] for h in net.heads}
        for x, target, weight, size in groups:
            rows = rng.integers(len(x), size=size)
            xs.append(x[rows])
            for h in net.heads:
                targets[h].append(target[h][rows])
                weights[h].append(weight[h][rows])
        x = np.concatenate(xs)
        drop = (rng.random((len(x), n_hidden)) >= hidden_drop) / (1 - hidden_drop)
        grads = net.gradients(x, {h: np.concatenate(t) for h, t in targets.items()},
                              {h: np.concatenate(w) for h, w in weights.items()}, drop)
        rate = lr * min(1, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps)
        for k, g in grads.items():
            m[k] = 0.9 * m[k] + 0.1 * g
            v2[k] = 0.98 * v2[k] + 0.02 * g * g
            step_size = rate * (1 - 0.98 ** (step + 1)) ** 0.5 / (1 - 0.9 ** (step + 1))
            net.p[k] = net.p[k] - step_size * m[k] / (np.sqrt(v2[k]) + 1e-8) - rate * decay * (net.p[k] if k[0] == "w" else 0)
        if step >= steps * 0.6:
            a = 1 / (step - int(steps * 0.6) + 2)
            for k, value in net.p.items():
                average[k] += a * (value - average[k])
    net.p = average
    return net
