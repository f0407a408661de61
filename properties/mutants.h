// The catalogue of mutants: wrong implementations that the judge must find. One row each; to add one, write
// its piece and its row in the file of its class in mutants/.
#ifndef XENT_PROPERTIES_MUTANTS_H
#define XENT_PROPERTIES_MUTANTS_H

#include <span>
#include <string_view>

#include "reference/xent.h"

namespace xent::properties {

struct Mutant {
  const char* id;
  const char* what;  // what is wrong with it
  const char* seen;  // where such a defect was published, or why it is plausible
  const xent_implementation* implementation;
};

std::span<const Mutant> mutants();
const Mutant* find_mutant(std::string_view id);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_MUTANTS_H
