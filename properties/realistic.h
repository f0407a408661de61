// Rows as a language model makes them.
#ifndef XENT_PROPERTIES_REALISTIC_H
#define XENT_PROPERTIES_REALISTIC_H

#include <cstdint>
#include <string_view>

namespace xent::properties {

class Random;
struct LogitRow;

// The text that ships with the program: its own licence.
std::string_view default_text();

// The logits of a byte n-gram model of the default text at a random position of the part it was not trained
// on, and the byte that follows there. With fewer than 256 classes, the target and the first others; with
// more, the rows of several positions side by side.
LogitRow realistic_row(Random& random, std::int64_t classes);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_REALISTIC_H
