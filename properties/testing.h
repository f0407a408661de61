// What tests of the judge share.
#ifndef XENT_PROPERTIES_TESTING_H
#define XENT_PROPERTIES_TESTING_H

#include <vector>

#include "properties/declaration.h"
#include "properties/subject.h"
#include "reference/xent.h"

namespace xent::properties {

// The cross-entropy of rows of binary32 logits, and nothing else.
inline constexpr xent_claim kPlainClaim = {"softmax_cross_entropy",
                                           XENT_BIT(XENT_LOGITS),
                                           XENT_BIT(XENT_BINARY32),
                                           XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
                                           XENT_BIT(XENT_BINARY32),
                                           0,
                                           XENT_BIT(XENT_NONE),
                                           XENT_BIT(XENT_OPTION_HARD_TARGETS),
                                           0,
                                           "shifted",
                                           XENT_SEQUENTIAL,
                                           0,
                                           0,
                                           0};

// A subject that is handed no memory: whoever derives from it answers with numbers.
class Answering : public Remote {
 public:
  bool has_layouts() const override { return false; }
  int times_lost() const override { return 0; }

  Response run(const reference::Problem& problem, const Layout&) override {
    Response response;
    reference::Problem loss = problem;
    if (problem.wanted == reference::Wanted::gradient) {
      response.grad = answers(problem);
      loss = loss_beside(problem, *find_claim(declaration(), problem));
    }
    response.loss = answers(loss);
    if (response.loss.empty() && problem.rows > 0) response.status = XENT_TARGET_OUT_OF_RANGE;
    return response;
  }

 private:
  // What the problem wants, entry by entry; nothing where a target is out of range.
  virtual std::vector<double> answers(const reference::Problem& problem) const = 0;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_TESTING_H
