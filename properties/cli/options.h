// The options of a loss as a user types them.
#ifndef XENT_PROPERTIES_CLI_OPTIONS_H
#define XENT_PROPERTIES_CLI_OPTIONS_H

#include <string>

#include "properties/cli/command.h"
#include "reference/certify.h"

namespace xent::properties::cli {

struct LossOptions {
  std::string class_weights, sample_weights, upstream;
  std::string label_smoothing, temperature, scale, softcap, z_loss;
  std::string preset = "exact";
  std::string masked_labels;
  bool gradient = false;
  bool target_gradient = false;
};

// Adds those that the loss has a use for.
void add_options(CLI::App& command, const reference::Loss& loss, LossOptions& options);
// Throws BadInput for what is no number.
void apply_options(const LossOptions& options, reference::Problem& problem);

}  // namespace xent::properties::cli

#endif  // XENT_PROPERTIES_CLI_OPTIONS_H
