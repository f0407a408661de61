#include "properties/implementations.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "fast/implementations.h"
#include "properties/declaration.h"
#include "properties/designs.h"
#include "properties/isolated.h"
#include "properties/mutants.h"

namespace xent::properties {
namespace {

using reference::Expected;
using reference::refused;

constexpr std::array<BuiltIn, 4> kBuiltIn = {{
    {"fast", "SIMD, one pass, small losses with full relative accuracy", fast::fast_implementation},
    {"correct", "SIMD, correctly rounded", fast::correct_implementation},
    {"stable", "textbook binary32 code that subtracts the maximum", fast::stable_implementation},
    {"naive", "textbook binary32 code that does not", fast::naive_implementation},
}};

constexpr std::string_view kMutant = "mutant:";
constexpr std::string_view kSound = "sound:";
constexpr const char* kAccepted =
    "fast, correct, stable, naive, mutant:ID (see `xent list mutants`), or a shared library";

Expected<const xent_implementation*> load(const std::string& path) {
  // Without a slash, dlopen would search the system's folders instead of this one.
  const std::string file = std::filesystem::absolute(path).string();
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return refused("implementation", "'" + path + "' (" + dlerror() + ")", kAccepted);
  using Get = const xent_implementation* (*)();
  const auto get = reinterpret_cast<Get>(dlsym(library, "xent_get_implementation"));
  if (get == nullptr) {
    return refused("implementation", "'" + path + "'", "a library that exports xent_get_implementation");
  }
  const xent_implementation* implementation = get();
  if (implementation == nullptr)
    return refused("implementation", "'" + path + "' (returned null)", kAccepted);
  return implementation;
}

Expected<const xent_implementation*> look_up(const std::string& name) {
  for (const BuiltIn& built_in : kBuiltIn) {
    if (name == built_in.name) return built_in.implementation();
  }
  if (name.starts_with(kMutant)) {
    const Mutant* mutant = find_mutant(name.substr(kMutant.size()));
    if (mutant == nullptr) return refused("implementation", "'" + name + "'", kAccepted);
    return mutant->implementation;
  }
  if (name.starts_with(kSound)) {
    for (const xent_implementation* sound : sound_implementations()) {
      if (name.substr(kSound.size()) == sound->name) return sound;
    }
    return refused("implementation", "'" + name + "'", kAccepted);
  }
  if (!std::filesystem::exists(name)) return refused("implementation", "'" + name + "'", kAccepted);
  return load(name);
}

}  // namespace

std::span<const BuiltIn> built_in_implementations() {
  return kBuiltIn;
}

bool is_built_in(const std::string& name) {
  const auto named = [&](const BuiltIn& built_in) { return name == built_in.name; };
  return name.starts_with(kMutant) || name.starts_with(kSound) ||
         std::any_of(kBuiltIn.begin(), kBuiltIn.end(), named);
}

Expected<const xent_implementation*> find_implementation(const std::string& name) {
  auto found = look_up(name);
  if (!found) return found;
  if (const auto error = validate(**found)) return *error;
  return found;
}

Expected<Subject> find_subject(const std::string& name, const Limits& limits) {
  if (is_built_in(name) || !std::filesystem::exists(name)) {
    const auto found = find_implementation(name);
    if (!found) return found.error();
    return Subject(**found);
  }
  auto remote = isolated([name] { return find_implementation(name); }, limits);
  if (!remote) return remote.error();
  return Subject(std::move(*remote));
}

}  // namespace xent::properties
