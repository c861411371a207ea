"""Compiles one file of kernels to PTX with NVRTC, which is nvcc's compiler as a library.

    pip install nvidia-cuda-nvrtc-cu11==11.8.89
    nvrtc.py FILE.cu compute_75 FILE.ptx
"""

import ctypes
import pathlib
import sys

source, architecture, out = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
try:
    from nvidia import cuda_nvrtc
except ImportError:
    sys.exit("neither nvcc nor NVRTC of CUDA 11.8 is here: pip install nvidia-cuda-nvrtc-cu11==11.8.89")
libraries = pathlib.Path(cuda_nvrtc.__path__[0]) / "lib"
ctypes.CDLL(libraries / "libnvrtc-builtins.so.11.8", mode=ctypes.RTLD_GLOBAL)
nvrtc = ctypes.CDLL(libraries / "libnvrtc.so.11.2")

# Functions of a kernel are a device's, and INFINITY is of a header that NVRTC does without.
options = ["-default-device", f"-I{source.resolve().parent}", "-std=c++17", f"-arch={architecture}", "-DINFINITY=__int_as_float(0x7f800000)"]
program = ctypes.c_void_p()
nvrtc.nvrtcCreateProgram(ctypes.byref(program), source.read_bytes(), source.name.encode(), 0, None, None)
failed = nvrtc.nvrtcCompileProgram(program, len(options), (ctypes.c_char_p * len(options))(*map(str.encode, options)))


def text(kind):
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{kind}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{kind}")(program, buffer)
    return buffer.value


sys.stderr.write(text("ProgramLog").decode())
if failed:
    sys.exit(f"{source}: NVRTC could not compile it")
out.write_bytes(text("PTX"))
