// Implementations of any declaration that are right, for tests of who is accused.
#ifndef XENT_PROPERTIES_RIGHT_H
#define XENT_PROPERTIES_RIGHT_H

#include <cstdint>
#include <memory>
#include <vector>

#include "properties/testing.h"
#include "reference/certified.h"

namespace xent::properties {

// Answers all that it declares, correctly rounded, and nothing else: other questions, and other conventions
// than its own, are unsupported.
class Right : public Answering {
 public:
  explicit Right(std::vector<xent_claim> claims, const xent_conventions& conventions = {});

  const xent_implementation& declaration() const override { return declaration_; }
  reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()> interrupted) const override;
  Response run(const reference::Problem& problem, const Layout& layout) override;

 protected:
  // The answer to output `output` of the problem, whose true value it is. Here: the float nearest to it.
  virtual double answer(const reference::Problem& problem, std::size_t output,
                        reference::Certified& truth) const;
  const std::vector<xent_claim>& claims() const { return claims_; }

 private:
  std::vector<double> answers(const reference::Problem& problem) const final;

  std::vector<xent_claim> claims_;
  xent_implementation declaration_ = {};
};

// Parts of the catalogue that the seed draws: losses, formats, reductions, options and conventions.
struct Drawn {
  std::vector<xent_claim> claims;
  xent_conventions conventions = {};
};
Drawn drawn_declaration(std::uint64_t seed);
// All of the catalogue, under conventions and of grades that the seed draws.
Drawn whole_declaration(std::uint64_t seed);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_RIGHT_H
