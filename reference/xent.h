/* xent.h: the contract between a cross-entropy implementation and whoever calls or judges it.
 *
 * Plain C, no dependency. An implementation is one function,
 *
 *     const xent_implementation* xent_get_implementation(void);
 *
 * whose result declares what the implementation supports, which conventions it follows where correct systems
 * disagree, how accurate it claims to be, and how to call it.
 *
 * Rules that hold everywhere:
 *   - A zero-initialised struct asks for nothing special: zero means "off", "natural base", "one thread".
 *   - Errors are status values. Nothing throws, exits or prints across this interface.
 *   - Memory outside the elements named by a tensor is neither read nor written; inputs are never written.
 *   - An implementation that does not support what a problem asks for returns XENT_UNSUPPORTED and writes
 * nothing.
 *   - Values are nats unless `base` says otherwise.
 */
#ifndef XENT_XENT_H
#define XENT_XENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define XENT_ABI_VERSION 2u

/* Turns an enumerator into a member of a set: XENT_BIT(XENT_BINARY32) | XENT_BIT(XENT_BINARY64). */
#define XENT_BIT(enumerator) (UINT32_C(1) << (enumerator))

/* What became of a call. Anything but XENT_OK leaves the outputs unspecified. */
typedef int32_t xent_status;
enum {
  XENT_OK = 0,
  XENT_UNSUPPORTED = 1, /* the loss, format or option is not implemented: a skip, never a failure */
  XENT_INVALID = 2,     /* the problem contradicts this contract (null data, rows < 0, classes < 1, ...) */
  XENT_TARGET_OUT_OF_RANGE = 3, /* a target is neither in [0, classes) nor the ignored value */
  XENT_OUT_OF_MEMORY = 4,
  XENT_FAILED = 5 /* anything else */
};

/* Element formats, stored in native byte order. The two of 8 bits are those of the Open Compute Project: E4M3
 * has no infinity, and what is beyond 448 becomes NaN. */
typedef int32_t xent_format;
enum {
  XENT_NO_FORMAT = 0,
  XENT_BINARY16 = 1,
  XENT_BFLOAT16 = 2,
  XENT_BINARY32 = 3,
  XENT_BINARY64 = 4,
  XENT_INT32 = 5,
  XENT_INT64 = 6,
  XENT_FP8_E4M3 = 7,
  XENT_FP8_E5M2 = 8
};

/* What the numbers of a distribution are: unnormalised logarithms, probabilities, or their logarithms. */
typedef int32_t xent_space;
enum { XENT_LOGITS = 0, XENT_PROBABILITIES = 1, XENT_LOG_PROBABILITIES = 2 };

/* How the losses of the rows become the result. NONE: one value per row. Otherwise: one value. */
typedef int32_t xent_reduction;
enum { XENT_NONE = 0, XENT_SUM = 1, XENT_MEAN = 2 };

/* What a mean divides by. */
typedef int32_t xent_denominator;
enum {
  XENT_VALID_ROWS = 0,    /* rows that are not ignored */
  XENT_ALL_ROWS = 1,      /* rows, ignored or not */
  XENT_VALID_WEIGHTS = 2, /* sum over valid rows of the sample weight times the class weight of the target;
                             for soft labels y, times sum w y */
  XENT_GIVEN = 3,         /* xent_conventions.denominator_value */
  XENT_ELEMENTS = 4       /* rows times classes, ignored or not */
};

/* Where label smoothing with parameter a puts its mass. */
typedef int32_t xent_smoothing_mass;
enum {
  XENT_SMOOTH_ALL = 0,   /* a / C on every class, the target included */
  XENT_SMOOTH_OTHERS = 1 /* a / (C - 1) on every class but the target */
};

/* How class weights w reach the smoothing term. mass_c is what label smoothing puts on class c, l_c = -ln
 * p_c, y the label (1 at t for a hard label t). */
typedef int32_t xent_smoothing_weights;
enum {
  XENT_SMOOTH_WEIGHTED = 0,   /* (1 - a) sum y w l + sum mass w l */
  XENT_SMOOTH_UNWEIGHTED = 1, /* (1 - a) sum y w l + sum mass l */
  XENT_SMOOTH_BY_TARGET = 2   /* w_t ((1 - a) l_t + sum mass l): hard labels */
};

/* What a clip does beyond clipping the input to [clip, 1 - clip], for xent_conventions.clip_rules. */
enum {
  XENT_CLIP_TARGETS = 0,   /* clips target_probs as well */
  XENT_CLIP_UP_TO_ONE = 1, /* to [clip, 1] */
  XENT_CLIP_FIRST = 2      /* before probabilities are divided by their sum, not after */
};

/* Whose rows are divided by their sum, for xent_conventions.normalise. */
enum { XENT_NORMALISE_INPUT = 0, XENT_NORMALISE_TARGETS = 1 };

/* An answer given by convention where the formula has none. DEFAULT is named beside each field. */
typedef int32_t xent_policy;
enum {
  XENT_POLICY_DEFAULT = 0,
  XENT_POLICY_NAN = 1,
  XENT_POLICY_ZERO = 2,
  XENT_POLICY_INFINITY = 3,
  XENT_POLICY_STATUS = 4, /* the call returns a status other than XENT_OK */
  /* Of target_out_of_range alone: */
  XENT_POLICY_LSE = 5,     /* there is no logit to subtract: lse instead of lse - x_t */
  XENT_POLICY_LOG_SUM = 6, /* nor is the largest there: ln sum e^(x - m), m = max x */
  XENT_POLICY_FROM_END = 7 /* -1 is the last class, -C the first; NAN for what is still out of range */
};

/* Everything on which correct systems disagree. A problem carries the conventions it is asked under; an
 * implementation carries those it follows. */
typedef struct xent_conventions {
  xent_denominator denominator;
  double denominator_value; /* for XENT_GIVEN */
  xent_smoothing_mass smoothing_mass;
  xent_smoothing_weights smoothing_weights;
  xent_policy all_ignored;         /* mean of no valid row; default NAN */
  xent_policy target_out_of_range; /* default STATUS, which is XENT_TARGET_OUT_OF_RANGE. NAN, ZERO: the loss
                                      of the row, and its gradient; it is a valid row of weight 0. LSE,
                                      LOG_SUM: softmax_cross_entropy without softcap and class weights; the
                                      gradient of both is that of lse, as systems have it, and label
                                      smoothing puts on the classes what it does for any target */
  xent_policy all_masked;          /* loss of a row whose logits are all -inf; default NAN */
  xent_policy
      zero_weight_times_infinity; /* a weight or label of 0 times an infinite loss; default ZERO: nothing */
  double clip;                    /* probabilities are clipped to [clip, 1 - clip]; 0: not at all */
  uint32_t clip_rules;            /* set of XENT_CLIP_... */
  uint32_t normalise;             /* set of XENT_NORMALISE_...: probabilities only */
  int32_t z_loss_over_valid_rows; /* nonzero: the mean divides the z-loss by the number of valid rows,
                                     whatever it divides the rest by */
  int32_t gradient_of_unit_mass;  /* nonzero: the gradient is p - y also where sum y is not 1 */
  xent_policy masked_labels; /* what label smoothing, or a soft label, puts on a class whose logit is -inf;
                                default INFINITY: it multiplies the infinite -ln p. ZERO: it counts
                                nothing, and the rest is not rescaled; a hard label itself still meets
                                the infinity. In a row that is all -inf, all_masked decides */
  int32_t reserved;          /* 0 */
} xent_conventions;

/* A read-only matrix: element (r, c) is data[r * row_stride + c * class_stride], strides in elements.
 * A vector over rows uses row_stride alone, a vector over classes class_stride alone. data == NULL: absent.
 */
typedef struct xent_tensor {
  const void* data;
  xent_format format;
  int64_t row_stride;
  int64_t class_stride;
} xent_tensor;

/* The same for results. */
typedef struct xent_output {
  void* data;
  xent_format format;
  int64_t row_stride;
  int64_t class_stride;
} xent_output;

/* One question. */
typedef struct xent_problem {
  uint32_t struct_size; /* sizeof(xent_problem) of the caller: later fields are absent, hence zero */
  uint32_t reserved;
  const char* loss; /* name from the catalogue below; an unknown name is XENT_UNSUPPORTED */

  int64_t rows;    /* >= 0 */
  int64_t classes; /* >= 1 */

  xent_tensor input; /* rows x classes: logits x or the distribution Q (for entropy: P) */
  xent_space input_space;
  xent_space target_space;
  xent_tensor targets;      /* rows: class indices, XENT_INT32 or XENT_INT64 (hard labels) */
  xent_tensor target_probs; /* rows x classes: the distribution P, or soft labels y; by target_space */

  int32_t has_ignore_index;
  int32_t threads; /* at most this many; 0 and 1: one */
  int64_t ignore_index;
  xent_tensor class_weights;  /* classes */
  xent_tensor sample_weights; /* rows */
  xent_tensor upstream; /* rows, or one element when reduced: gradients are multiplied by it; absent: 1 */

  double label_smoothing; /* a in [0, 1] */
  double temperature;     /* logits are divided by it; 0: not at all */
  double scale;           /* logits are multiplied by it; 0: not at all */
  double softcap; /* x becomes softcap * tanh(x / softcap), after scale and temperature; 0: not at all */
  double z_loss;  /* adds z_loss * lse^2 to a row, whatever its class weights */
  double base;    /* results are logarithms to this base; 0: natural. Perplexity does not depend on it. */

  xent_reduction reduction;
  int32_t reserved2;
  xent_conventions conventions;
} xent_problem;

/* Where the answer goes. */
typedef struct xent_result {
  uint32_t struct_size;
  uint32_t reserved;
  xent_output loss; /* rows values for XENT_NONE, otherwise one; rows x classes for softmax and log_softmax */
  xent_output grad; /* rows x classes, derivative with respect to `input`; data == NULL: not wanted */
  xent_output target_grad; /* the same with respect to target_probs; what a mean divides by counts as given,
                              also where it is made of them */
} xent_result;

/* Losses, by name. x logits, m = max x, lse = ln sum e^x; 0 ln 0 = 0; p > 0 with q = 0 gives +inf; a NaN in a
 * row makes the row NaN; a +inf logit makes the row NaN, and -inf masks its class, unless there is a softcap,
 * which makes them +-softcap. Where the loss of a row is NaN, so is every entry of its gradient.
 *
 *   "entropy"                input P                        -sum p ln p
 *   "cross_entropy"          input Q, target_probs P        -sum p ln q
 *   "kl"                     input Q, target_probs P         sum p ln(p / q)
 *   "generalised_kl"         input Q, target_probs P         sum p ln(p / q) - p + q
 *   "nll"                    input Q, targets t             -ln q_t
 *   "softmax_cross_entropy"  input x, targets t             lse - x_t
 *                            or input x, target_probs y     lse sum y - sum y x
 *   "log_sum_exp"            input x                        lse
 *   "softmax"                input x                        e^(x_i - lse), for every class i
 *   "log_softmax"            input x                        x_i - lse, for every class i
 *   "sequence"               input Q or x, targets t        mean over the rows (= steps) of -ln P(x_t | x_<t)
 *   "perplexity"             input Q or x, targets t        e^sequence
 *
 * "sequence" and "perplexity" always give one value and are asked with reduction XENT_MEAN. The gradient of
 * "perplexity" is that of "sequence" in nats, times the perplexity. */

/* Options beyond the plain loss, for xent_claim.options. */
enum {
  XENT_OPTION_IGNORE_INDEX = 0,
  XENT_OPTION_CLASS_WEIGHTS = 1,
  XENT_OPTION_SAMPLE_WEIGHTS = 2,
  XENT_OPTION_LABEL_SMOOTHING = 3,
  XENT_OPTION_TEMPERATURE = 4,
  XENT_OPTION_SCALE = 5,
  XENT_OPTION_SOFTCAP = 6,
  XENT_OPTION_Z_LOSS = 7,
  XENT_OPTION_BASE = 8,
  XENT_OPTION_UPSTREAM = 9,
  XENT_OPTION_CLASS_STRIDE = 10, /* class_stride other than 1 */
  XENT_OPTION_SOFT_TARGETS = 11, /* target_probs where the loss also accepts targets */
  XENT_OPTION_HARD_TARGETS = 12
};

/* What an implementation promises to be bitwise, for xent_claim.guarantees. */
enum {
  XENT_SAME_BITS_FOR_ANY_THREADS = 0,
  XENT_SAME_BITS_FOR_ANY_LAYOUT = 1,
  XENT_SAME_BITS_FOR_ANY_CLASS_ORDER = 2,
  XENT_FLUSHES_SUBNORMALS = 3, /* a licence rather than a promise: results below the normal range may be 0 */
  XENT_SAME_BITS_FOR_ANY_BATCH = 4 /* a row alone, beside any other rows and in any order, unreduced */
};

/* How sums are formed, which decides how their rounding errors grow. */
typedef int32_t xent_summation;
enum { XENT_SEQUENTIAL = 0, XENT_PAIRWISE = 1, XENT_COMPENSATED = 2 };

/* One row of an implementation's declaration: what it supports for one loss, and how accurate it claims to
 * be.
 *
 * grade names the error bound that is claimed, u being the unit roundoff of compute_format:
 *   "correctly_rounded"  the float nearest to the true value, ties to even
 *   "faithful"           error < 1 ulp
 *   "ulp:K"              error <= K ulp, K a decimal number: of the format of the loss or compute_format,
 *                        whichever is narrower
 *   "log1p"              log1p(sum over i != t of e^(x_i - x_t)): full relative accuracy for small losses
 *   "shifted"            (m - x_t) + ln S, S = sum e^(x_i - m)
 *   "lse"                (m + ln S) - x_t
 *   "online"             running maximum, rescaled sums
 *   "probability"        -ln p_t
 * For losses of probabilities, and for log_sum_exp, every grade of the second group stands for the textbook
 * sum. */
typedef struct xent_claim {
  const char* loss;
  uint32_t input_spaces;   /* set of xent_space */
  uint32_t input_formats;  /* set of xent_format */
  uint32_t target_formats; /* set of xent_format, for targets and target_probs alike */
  uint32_t loss_formats;   /* set of xent_format, with infinities: without, what overflows is NaN */
  uint32_t grad_formats;   /* the same; 0: no gradient */
  uint32_t reductions;     /* set of xent_reduction */
  uint32_t options;        /* set of XENT_OPTION_... */
  uint32_t guarantees;     /* set of XENT_SAME_BITS_... */
  const char* grade;
  xent_summation summation;
  xent_format compute_format; /* a floating-point one, of precision p; 0: the input format */
  double exp_error;           /* relative error of exp in units of u, at most 2^floor(p / 2); 0: 2 */
  double log_error;           /* the same of log and log1p */
} xent_claim;

/* An implementation. All pointers stay valid for the life of the process. */
typedef struct xent_implementation {
  uint32_t abi_version; /* XENT_ABI_VERSION */
  uint32_t claim_count;
  const char* name;
  const char* version;
  const xent_claim* claims;
  xent_conventions conventions;
  /* Answers one problem. Must be safe to call from several threads at once. */
  xent_status (*compute)(const xent_problem* problem, xent_result* result);
} xent_implementation;

/* The one function a library exports. */
const xent_implementation* xent_get_implementation(void);

#ifdef __cplusplus
}
#endif

#endif /* XENT_XENT_H */
