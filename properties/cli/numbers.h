// Numbers as values of options.
#ifndef XENT_PROPERTIES_CLI_NUMBERS_H
#define XENT_PROPERTIES_CLI_NUMBERS_H

#include <CLI/CLI.hpp>

namespace xent::properties::cli {

// A number from `least` to `most`. CLI::Range lets NaN through, which compares with nothing.
CLI::Validator number_between(double least, double most);

// A seed: an integer from 0 to 2^64 - 1. The parser would take any other for one of these.
CLI::Validator is_seed();

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_NUMBERS_H
