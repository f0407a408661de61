// The catalogue of laws: one row each. To add a law, write its file in laws/ and add its row in laws.cc.
#ifndef XENT_PROPERTIES_LAWS_H
#define XENT_PROPERTIES_LAWS_H

#include <span>
#include <string_view>

#include "properties/law.h"

namespace xent::properties {

std::span<const Law> all_laws();
const Law* find_law(std::string_view id);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LAWS_H
