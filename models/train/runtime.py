"""Runs an exported model through ONNX Runtime, exactly as an application would: one text, fixed shapes."""
import numpy as np
import onnxruntime as ort

from text import MAX_IDS, analyze, reduce_ids


class Model:
    def __init__(self, path_or_bytes):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(path_or_bytes, options, providers=["CPUExecutionProvider"])
        self.meta = self.session.get_modelmeta().custom_metadata_map
        self.rows, self.wide_rows = int(self.meta["zg.rows"]), int(self.meta["zg.wide_rows"])
        self.heads = {h: self.meta[f"zg.{h}.labels"].split(",") for h in ("intent", "sentiment", "emotion")}
        self.temperature = {h: float(self.meta[f"zg.{h}.temperature"]) for h in self.heads}

    def inputs(self, text):
        normalized, n_tokens, hashes = analyze(text)
        ids = reduce_ids(hashes, self.rows)
        wide_ids = reduce_ids(hashes, self.wide_rows) if self.wide_rows else []
        return normalized, n_tokens, ids, wide_ids

    def logits(self, text):
        _, n_tokens, ids, wide_ids = self.inputs(text)
        feed = {"ids": pad(ids), "scale": np.array([[1 / np.sqrt(max(1, n_tokens))]], np.float32)}
        if self.wide_rows:
            feed["wide_ids"] = pad(wide_ids)
        return dict(zip(self.heads, (out[0] for out in self.session.run(list(self.heads), feed))))

    def predict(self, texts):
        """Calibrated probabilities per head, one row per text."""
        collected = {h: [] for h in self.heads}
        for text in texts:
            for h, z in self.logits(text).items():
                z = z / self.temperature[h]
                e = np.exp(z - z.max())
                collected[h].append(e / e.sum())
        return {h: np.array(rows) for h, rows in collected.items()}


def pad(ids):
    out = np.zeros((1, MAX_IDS), np.int32)
    out[0, : len(ids)] = ids
    return out
