// Named conventions: how well-known systems define the losses where correct systems disagree.
#ifndef XENT_REFERENCE_PRESETS_H
#define XENT_REFERENCE_PRESETS_H

#include <span>
#include <string_view>

#include "reference/xent.h"

namespace xent::reference {

// One row of the catalogue. What a system computes in which precision, and what it gets wrong, is no
// convention.
struct Preset {
  const char* name;
  const char* system;  // the function that follows it
  const char* remark;  // what is peculiar
  xent_conventions conventions;
};

std::span<const Preset> presets();
// Null if there is none of that name.
const Preset* find_preset(std::string_view name);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_PRESETS_H
