#include "bench/machine.h"

#include <gtest/gtest.h>

#include <sstream>

namespace xent::bench {
namespace {

TEST(Machine, ModelIsTheFirstOfItsKind) {
  std::istringstream text("vendor_id\t: V\nmodel\t\t: 17\nmodel name\t: CPU: 9\nmodel name\t: other\n");
  EXPECT_EQ(cpu_model(text), "CPU: 9");
}

TEST(Machine, ModelIsUnknownWhereNobodySays) {
  std::istringstream text("processor : 0\n");
  EXPECT_EQ(cpu_model(text), "unknown");
}

TEST(Machine, NamesAnInstructionSet) {
  EXPECT_FALSE(this_machine().simd_target.empty());
}

}  // namespace
}  // namespace xent::bench
