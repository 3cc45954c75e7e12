"""check_features.py: `features` beside librosa or torchaudio, where they are installed, and beside numpy always.

Sounds are made by tests/make_sound. Of energies: the largest difference in parts of the largest energy. Of logarithms:
the largest difference where the energy is more than 1e-6 of the largest, since all of them sum float32.
torchaudio computes its bands in float32 too, which is a hundredth of a per cent and more where they are narrow.
"""

import io
import subprocess
import sys

import numpy as np

SOUNDS = [("chirp", 16000, 16000), ("chirp", 22050, 30000), ("noise", 44100, 50000)]


def features(path, *options):
    """The features of one sound, [S, F]."""
    command = ["features", "--no-store", "-q", "--normalise", "none", *options, path]
    stream = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    array = subprocess.run(
        ["peek", "--npy", "--tensor", "features"], input=stream, stdout=subprocess.PIPE, check=True
    ).stdout
    return np.load(io.BytesIO(array))[0]


def samples(path):
    """The samples of a WAV file as tests/make_sound writes it: 16 bits, 44 bytes of header."""
    with open(path, "rb") as file:
        return np.frombuffer(file.read()[44:], "<i2").astype(np.float64) / 32768


def close(what, got, want, energy=2e-5, logarithm=1e-3):
    """got: energies of heed; want: of somebody else."""
    assert got.shape == want.shape, f"{what}: {got.shape}, want {want.shape}"
    worst = np.abs(got - want).max() / want.max()
    heard = want > 1e-6 * want.max()
    logs = np.abs(np.log(got[heard]) - np.log(want[heard])).max()
    print(f"  {what}: {worst:.1e} of the largest energy, {logs:.1e} of a logarithm")
    assert worst < energy and logs < logarithm, what


def by_numpy(y, rate, fft, hop, bands):
    """Slaney's bands of equal area over a centred spectrum, in doubles."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(fft) / fft)
    y = np.pad(y, fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(y, fft)[::hop]
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    top = 15 + 27 * np.log(rate / 2000) / np.log(6.4)
    mel = np.linspace(0, top, bands + 2)
    edge = np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))
    point = np.fft.rfftfreq(fft, 1 / rate)[:, None]
    rise, fall = (point - edge[:-2]) / np.diff(edge)[:-1], (edge[2:] - point) / np.diff(edge)[1:]
    return power @ (np.maximum(0, np.minimum(rise, fall)) * 2 / (edge[2:] - edge[:-2]))


def main():
    for kind, rate, n in SOUNDS:
        path = f"{kind}.{rate}.wav"
        with open(path, "wb") as file:
            subprocess.run([sys.argv[1], kind, str(rate), str(n)], stdout=file, check=True)
        y = samples(path)
        shape = ["--rate", str(rate), "--bands", "128", "--log", "none"]
        large = ["--frame-length", str(2048000 / rate), "--frame-shift", str(512000 / rate)]
        got = features(path, *shape, *large)
        close(f"numpy, {path}", got, by_numpy(y, rate, 2048, 512, 128), 1e-6, 1e-4)
        try:
            import librosa

            want = librosa.feature.melspectrogram(y=y.astype(np.float32), sr=rate).T
            close(f"librosa, {path}", got, want, 1e-6, 1e-4)
            y16 = librosa.load(path, sr=16000)[0]
            want = librosa.feature.melspectrogram(
                y=y16, sr=16000, n_fft=512, win_length=400, hop_length=160, n_mels=80
            ).T
            close(f"librosa, {path} at 16 kHz", features(path, "--log", "none"), want, 2e-6)
        except ImportError:
            print("  no librosa")
        try:
            import torch
            from torchaudio.transforms import MelSpectrogram

            small = ["--frame-length", str(400000 / rate), "--frame-shift", str(200000 / rate)]
            small += ["--fft", "400", "--mel", "htk", "--mel-norm", "peak", "--edges", "reflect"]
            want = MelSpectrogram(rate)(torch.from_numpy(y.astype(np.float32))).numpy().T
            close(f"torchaudio, {path}", features(path, *shape, *small), want, 3e-5, 5e-3)
        except (ImportError, OSError):
            print("  no torchaudio")


main()
