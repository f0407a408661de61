#include "bench/contenders.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/peers.h"
#include "properties/implementations.h"

namespace xent::bench {
namespace {

using reference::Error;
using reference::Expected;

Host::Environment environment_of(const Peer& peer) {
  // Threads that stay on their processor find their part of the data in its caches.
  Host::Environment environment = {{"OMP_PROC_BIND", "true"}};
  if (peer.capability != nullptr) environment.emplace_back("ATEN_CPU_CAPABILITY", peer.capability);
  return environment;
}

Expected<Contender> start(const std::string& name, const std::string& implementation,
                          const Host::Environment& environment, std::span<const Workload> workloads) {
  Host host([=] { return properties::find_implementation(implementation); }, environment, workloads);
  const auto identity = host.identity();
  if (!identity) return identity.error();
  return Contender{name, *identity, std::move(host), {}};
}

Expected<Contender> start(const Peer& peer, const std::filesystem::path& folder,
                          std::span<const Workload> workloads) {
  const std::filesystem::path library = library_of(peer, folder);
  if (!std::filesystem::exists(library)) return Error{how_to_get(peer)};
  return start(peer.name, library.string(), environment_of(peer), workloads);
}

}  // namespace

Expected<Field> enter(const std::vector<std::string>& names, bool all_peers,
                      const std::filesystem::path& folder, std::span<const Workload> workloads) {
  Field field;
  const auto entered = [&](std::string_view name) {
    return std::any_of(field.contenders.begin(), field.contenders.end(),
                       [&](const Contender& c) { return c.name == name; });
  };
  for (const std::string& name : names) {
    if (entered(name)) continue;
    const Peer* const peer = find_peer(name);
    auto contender = peer == nullptr ? start(name, name, {}, workloads) : start(*peer, folder, workloads);
    if (!contender) {
      const std::string& why = contender.error().message;
      return peer == nullptr ? contender.error() : Error{fmt::format("{} is absent: {}", name, why)};
    }
    field.contenders.push_back(std::move(*contender));
  }
  if (!all_peers) return field;
  for (const Peer& peer : peers()) {
    if (entered(peer.name)) continue;
    auto contender = start(peer, folder, workloads);
    if (contender) {
      field.contenders.push_back(std::move(*contender));
    } else {
      field.absent.push_back({peer.name, contender.error().message});
    }
  }
  return field;
}

}  // namespace xent::bench
