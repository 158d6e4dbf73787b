"""Runs an exported model through ONNX Runtime, exactly as an application would: one text at a time."""
import numpy as np
import onnxruntime as ort

from text import analyze, reduce_ids


class Model:
    def __init__(self, path_or_bytes):
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(path_or_bytes, options, providers=["CPUExecutionProvider"])
        self.meta = self.session.get_modelmeta().custom_metadata_map
        self.rows = int(self.meta["zg.rows"])
        self.heads = {h: self.meta[f"zg.{h}.labels"].split(",") for h in ("intent", "sentiment", "emotion")}
        self.temperature = {h: float(self.meta[f"zg.{h}.temperature"]) for h in self.heads}

    def inputs(self, text, context=None):
        normalized, tokens, hashes = analyze(text, context)
        return normalized, len(tokens), reduce_ids(hashes, self.rows)

    def logits(self, text, context=None):
        _, n_tokens, ids = self.inputs(text, context)
        # At least one id: a graph is not asked to sum over nothing. Row 0 of every table is zeros.
        feed = {"ids": np.array([ids or [0]], np.int32),
                "scale": np.array([[1 / np.sqrt(max(1, n_tokens))]], np.float32)}
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

