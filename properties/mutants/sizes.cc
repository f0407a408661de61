// Code that is right for most sizes, positions and layouts, and wrong at the edges of what loops and indices
// are made for.
#include <algorithm>
#include <cstring>

#include "properties/mutant_tables.h"

namespace xent::properties {
namespace {

// Classes.
struct OverlapCountedTwice : Sound {
  // The last vector begins before what is left, which is added once more.
  static float padding(std::int64_t classes, float) {
    return classes > 16 && classes % 16 != 0 ? static_cast<float>(16 - classes % 16) * 1e-3F : 0;
  }
};
struct LoneClassLost : Sound {
  static std::int64_t classes_read(std::int64_t classes) {
    return classes > 16 && classes % 16 == 1 ? classes - 1 : classes;
  }
};
struct FullBlockShort : Sound {
  static std::int64_t classes_read(std::int64_t classes) {
    return classes % 256 == 0 ? classes - 1 : classes;
  }
};
struct OnlyThousandClasses : Sound {
  static std::int64_t classes_read(std::int64_t classes) { return std::min<std::int64_t>(classes, 1000); }
};
struct LongRowsLoseTwo : Sound {
  static std::int64_t classes_read(std::int64_t classes) { return classes > 128 ? classes - 2 : classes; }
};
struct MaximumOfFirstBlock : Sound {
  static float maximum(const Row& row) {
    Row first = row;
    first.classes = std::min<std::int64_t>(row.classes, 32);
    return Sound::maximum(first);
  }
  static bool uses_log1p() { return false; }
};
struct TargetIsByte : Sound {
  static std::int64_t target_used(std::int64_t target, std::int64_t) { return target & 0xFF; }
};
struct TargetIsNibble : Sound {
  static std::int64_t target_used(std::int64_t target, std::int64_t) { return target & 0xF; }
};
struct LastTargetMissed : Sound {
  static std::int64_t target_used(std::int64_t target, std::int64_t classes) {
    return classes > 1 && target == classes - 1 ? classes - 2 : target;
  }
};

// Rows.
struct RowIndexWraps : Sound {
  static std::int64_t row_used(std::int64_t row, std::int64_t) { return row & 15; }
};
struct OffsetOf32Bits : Sound {
  static std::int64_t row_offset(std::int64_t row, std::int64_t stride) {
    return static_cast<std::uint32_t>(row * stride);
  }
};
struct RowsInPairs : Sound {
  static std::int64_t rows_done(std::int64_t rows, std::int32_t) { return rows > 1 ? rows & ~1 : rows; }
};
struct OneBlockOfRows : Sound {
  static std::int64_t rows_done(std::int64_t rows, std::int32_t) { return std::min<std::int64_t>(rows, 64); }
};
struct RowsReversed : Sound {
  static std::int64_t row_used(std::int64_t row, std::int64_t rows) { return rows - 1 - row; }
};
struct LastRowRepeated : Sound {
  static std::int64_t row_used(std::int64_t row, std::int64_t rows) {
    return rows > 2 && row == rows - 1 ? rows - 2 : row;
  }
};
struct ThreadsShareTooLittle : Sound {
  static std::int64_t rows_done(std::int64_t rows, std::int32_t threads) {
    return threads > 1 ? rows / threads * threads : rows;
  }
};

struct ManyThreadsLoseARow : Sound {
  static std::int64_t rows_done(std::int64_t rows, std::int32_t threads) {
    return threads > 8 && rows > 1 ? rows - 1 : rows;
  }
};

// Places that few layouts have.
xent_status losses_at_most_three_apart(const xent_problem* problem, xent_result* result) {
  xent_result near = *result;
  near.loss.row_stride = std::min<std::int64_t>(result->loss.row_stride, 3);
  return compute_with<Sound>(problem, &near);
}
xent_status padding_of_eight_overlooked(const xent_problem* problem, xent_result* result) {
  xent_problem dense = *problem;
  if (dense.input.row_stride == dense.classes + 8) dense.input.row_stride = dense.classes;
  return compute_with<Sound>(&dense, result);
}
xent_status half_line_loses_a_class(const xent_problem* problem, xent_result* result) {
  xent_problem shorter = *problem;
  if (reinterpret_cast<std::uintptr_t>(problem->input.data) % 64 == 32 && problem->classes > 1)
    shorter.classes -= 1;
  return compute_with<Sound>(&shorter, result);
}

// Tensors beside the logits, by their strides. Each is asked as if the tensor were dense.
using Member = xent_tensor xent_problem::*;
template <Member kTensor>
xent_status taken_as_dense(const xent_problem* problem, xent_result* result) {
  xent_problem dense = *problem;
  xent_tensor& tensor = dense.*kTensor;
  const bool is_matrix = kTensor == &xent_problem::target_probs;
  tensor.row_stride = is_matrix ? problem->classes : 1;
  return compute_with<Sound>(&dense, result);
}

// The loss and the gradient, each in the stride of the other.
xent_status loss_in_dense_rows(const xent_problem* problem, xent_result* result) {
  xent_result dense = *result;
  dense.loss.row_stride = std::min<std::int64_t>(result->loss.row_stride, 1);
  return compute_with<Sound>(problem, &dense);
}

const std::vector<Mutant> kSizeMutants = {
    made<OverlapCountedTwice>("overlap_counted_twice", "what two vectors share adds a little twice",
                              "overlapping last vectors"),
    made<LoneClassLost>("lone_class_lost", "one class beyond whole vectors is lost", "wrong tail masks"),
    made<FullBlockShort>("full_block_short", "rows of whole blocks end one class early", "< for <="),
    made<OnlyThousandClasses>("only_thousand_classes", "classes beyond 1000 are not read", "Paddle#21480"),
    made<LongRowsLoseTwo>("long_rows_lose_two", "rows of more than 128 classes lose two",
                          "another kernel for long rows"),
    made<MaximumOfFirstBlock>("maximum_of_first_block", "the maximum of the first 32 classes",
                              "a reduction of one warp"),
    made<TargetIsByte>("target_is_byte", "targets are read as bytes", "narrow indices"),
    made<TargetIsNibble>("target_is_nibble", "targets beyond 15 wrap", "wrap-around in small"),
    made<LastTargetMissed>("last_target_missed", "the last class as target is taken for the one before",
                           "clamped indices"),
    made<RowIndexWraps>("row_index_wraps", "row 16 is row 0 again", "llm.c#456, in small"),
    made<OffsetOf32Bits>("offset_of_32_bits", "rows beyond 2^32 elements are read from the beginning",
                         "triton#1058, llama.cpp#23569"),
    made<RowsInPairs>("rows_in_pairs", "an odd last row is not done", "two rows at a time"),
    made<OneBlockOfRows>("one_block_of_rows", "rows beyond 64 are not done", "one block launched"),
    made<RowsReversed>("rows_reversed", "rows are read from the end", "a negative stride lost"),
    made<LastRowRepeated>("last_row_repeated", "the last row reads the one before", "clamped indices"),
    made<ThreadsShareTooLittle>("threads_share_too_little", "rows that threads do not share evenly are lost",
                                "partition rounds down"),
    made<ManyThreadsLoseARow>("many_threads_lose_a_row", "more than 8 threads do not do the last row",
                              "tables of fixed size"),
    around<losses_at_most_three_apart>("losses_at_most_three_apart",
                                       "losses more than 3 apart are written 3 apart", "strided views"),
    around<padding_of_eight_overlooked>("padding_of_eight_overlooked", "rows 8 apart are read as if dense",
                                        "strides taken for padding to vectors"),
    around<half_line_loses_a_class>("half_line_loses_a_class",
                                    "logits from the middle of a cache line lose one", "peeled loops"),
    around<taken_as_dense<&xent_problem::targets>>("dense_targets", "target strides are ignored",
                                                   "pytorch#70417"),
    around<taken_as_dense<&xent_problem::target_probs>>("dense_labels", "strides of soft labels are ignored",
                                                        "unsloth#10713"),
    around<taken_as_dense<&xent_problem::sample_weights>>(
        "dense_sample_weights", "strides of sample weights are ignored", "strided views"),
    around<loss_in_dense_rows>("dense_losses", "losses are written without their stride", "strided views"),
};

}  // namespace

const std::vector<Mutant>& size_mutants() {
  return kSizeMutants;
}

}  // namespace xent::properties
