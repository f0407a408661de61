// Libraries that others use for the same, timed beside ours where they are installed.
#ifndef XENT_BENCH_PEERS_H
#define XENT_BENCH_PEERS_H

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace xent::bench {

// One row of the catalogue. To add a peer, write bench/peers/LIBRARY.cc, which makes a shared library of the
// contract out of it, its row in bench/peers/CMakeLists.txt and one here.
struct Peer {
  const char* name;
  const char* description;
  const char* library;     // file name in the folder of peers, without the ending
  const char* capability;  // of ATEN_CPU_CAPABILITY; null: what PyTorch takes by itself
  const char* package;     // what has to be installed when it is built
};

std::span<const Peer> peers();
const Peer* find_peer(std::string_view name);

// The file that is one's library.
std::filesystem::path library_of(const Peer& peer, const std::filesystem::path& folder);

// How to get an absent one, in one line.
std::string how_to_get(const Peer& peer);

}  // namespace xent::bench

#endif  // XENT_BENCH_PEERS_H
