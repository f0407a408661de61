#include "bench/peers.h"

#include <fmt/format.h>

namespace xent::bench {
namespace {

constexpr Peer kPeers[] = {
    {"eigen", "Eigen expressions, row by row", "eigen", nullptr, "Debian's libeigen3-dev"},
    {"onednn", "oneDNN's logsoftmax", "onednn", nullptr, "Debian's libdnnl-dev"},
    {"onnxruntime", "ONNX Runtime's LogSoftmax", "onnxruntime", nullptr,
     "PyPI's onnxruntime and Debian's python3-dev"},
    {"pytorch", "PyTorch's log_softmax and nll_loss", "pytorch", nullptr, "Debian's libtorch-dev"},
    {"pytorch-avx512", "the same with its AVX-512 kernels", "pytorch", "avx512", "Debian's libtorch-dev"},
};

}  // namespace

std::span<const Peer> peers() {
  return kPeers;
}

const Peer* find_peer(std::string_view name) {
  for (const Peer& peer : kPeers) {
    if (name == peer.name) return &peer;
  }
  return nullptr;
}

std::filesystem::path library_of(const Peer& peer, const std::filesystem::path& folder) {
  return folder / (std::string(peer.library) + ".so");
}

std::string how_to_get(const Peer& peer) {
  return fmt::format("built where CMake finds {}; `./xent peers setup` installs all of them", peer.package);
}

}  // namespace xent::bench
