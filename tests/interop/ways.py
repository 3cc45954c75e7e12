"""ways.py: both ways between heed and Python's safetensors, for tests/interop/run.

read_pipe() is the ten-line reader of docs/format.md; seal() makes a document of heed in Python, by
the rules there, with nothing but the public library.
"""
import json
import math
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load, load_file, save, save_file


def read_pipe(pipe):
    """Yields (metadata, tensors) for each document on a binary pipe."""
    while length := pipe.read(8):
        n = int.from_bytes(length, "little")
        header = pipe.read(n)
        entries = json.loads(header)
        metadata = entries.pop("__metadata__", {})
        size = max((e["data_offsets"][1] for e in entries.values()), default=0)
        yield metadata, load(length + header + pipe.read(size))


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def seal(metadata, tensors):
    """A document of heed: checksums over the list, header padded to a multiple of 64."""
    names = {np.dtype("int32"): "I32", np.dtype("int64"): "I64", np.dtype("float32"): "F32",
             np.dtype("uint8"): "U8"}
    metadata = dict(metadata, heed="0.1")
    listing = "".join(f"{k}\0{metadata[k]}\0" for k in sorted(metadata)) + "\0"
    sums = {}
    for name in sorted(tensors):
        array = tensors[name]
        sums["crc." + name] = f"{crc32c(array.tobytes()):08x}"
        shape = ",".join(map(str, array.shape))
        listing += f"{name}\0{names[array.dtype]}\0{shape}\0{sums['crc.' + name]}\0"
    metadata["crc"] = f"{crc32c(listing.encode()):08x}"
    document = save(tensors, metadata | sums)
    n = int.from_bytes(document[:8], "little")
    padding = -(8 + n) % 64
    return (n + padding).to_bytes(8, "little") + document[8:8 + n] + b" " * padding + document[8 + n:]


def ids(rows):
    width = max(map(len, rows))
    return {
        "src": np.array([r + [0] * (width - len(r)) for r in rows], np.int32),
        "src_len": np.array([len(r) for r in rows], np.int32),
    }


def check_read(model, stream, folder):
    tensors = load_file(model)
    assert tensors["enc.weight"].tolist() == [[1.5, -2.25, 0.125], [np.float32(3e-5), -7.0, 0.0]]
    assert tensors["vocab.src"].tobytes() == b"<pad>\n<bos>\n<eos>\na"
    with safe_open(model, "np") as f:
        metadata = f.metadata()
    assert metadata["note"] == 'line\nand "quote" \\ \x1b é end'
    assert len(metadata["fingerprint"]) == 64
    # The checksums as docs/format.md states them.
    for name, array in tensors.items():
        assert metadata["crc." + name] == f"{crc32c(array.tobytes()):08x}"
    with open(stream, "rb") as pipe:
        frames = list(read_pipe(pipe))
    assert [m["frame"] for m, _ in frames] == ["stream", "data", "data", "end"]
    for k in 1, 2:
        metadata, tensors = frames[k]
        assert metadata["seq"] == str(k)
        assert tensors["src"].tolist() == [[5, 6, 2], [7, 2, 0]]
        split = load_file(f"{folder}/ids-{k:06}.safetensors")
        assert all((split[name] == tensors[name]).all() for name in tensors)


def make_written():
    sentences = [[[5, 6, 2], [7, 2]], [[4, 2]]]
    with open("ids.foreign", "wb") as out:
        for rows in sentences:
            out.write(save(ids(rows)))
    rng = np.random.default_rng(1)
    with open("attention.foreign", "wb") as out:
        for _ in range(2):
            out.write(save({
                "query": rng.standard_normal((2, 3, 4), np.float32),
                "key": rng.standard_normal((2, 5, 4), np.float32),
                "value": rng.standard_normal((2, 5, 6), np.float32),
                "valid_len": np.array([5, 2], np.int32),
            }))
    line = {"line": np.arange(2, dtype=np.int64)}
    with open("ours.stream", "wb") as out:
        out.write(seal({"frame": "stream", "type": "ids", "producer": "python"}, {}))
        out.write(seal({"frame": "data", "seq": "1"}, ids(sentences[0]) | line))
        out.write(seal({"frame": "end", "frames": "1", "status": "ok"}, {}))
    save_file({"model.layers.0-W": np.ones((3, 4), np.float16), "b": np.zeros(3, np.bool_)},
              "weights.safetensors", {"format": "np"})


def check_weights(stream):
    """Scaled dot products with softmax over the valid keys, by hand."""
    with open(stream, "rb") as pipe:
        frames = list(read_pipe(pipe))
    assert [m["frame"] for m, _ in frames] == ["stream", "data", "data", "end"]
    for _, t in frames[1:-1]:
        scores = t["query"] @ t["key"].transpose(0, 2, 1) / math.sqrt(t["query"].shape[2])
        valid = np.arange(t["key"].shape[1]) < t["valid_len"][:, None, None]
        weights = np.where(valid, np.exp(scores - scores.max(2, keepdims=True)), 0)
        weights /= weights.sum(2, keepdims=True)
        assert np.allclose(t["weights"][:, 0], weights, atol=1e-5)
        assert np.allclose(t["context"], weights @ t["value"], atol=1e-5)


def check_memory(stream):
    with open(stream, "rb") as pipe:
        frames = list(read_pipe(pipe))
    lengths = [f["memory_len"].tolist() for _, f in frames[1:-1]]
    assert lengths[0][0] >= 3 and all(np.isfinite(f["memory"]).all() for _, f in frames[1:-1])


def check_model(path):
    tensors = load_file(path)
    assert tensors and all(np.isfinite(a).all() for a in tensors.values() if a.dtype == np.float32)
    with safe_open(path, "np") as f:
        assert f.metadata()["heed"] == "0.1"


if __name__ == "__main__":
    {"read": check_read, "write": make_written, "weights": check_weights, "memory": check_memory,
     "model": check_model}[sys.argv[1]](*sys.argv[2:])
