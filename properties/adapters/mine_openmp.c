/* Softmax cross-entropy and its gradient in C, rows and long rows shared by OpenMP's threads, to be judged:
 *   cc -O2 -fopenmp -shared -fPIC -I. properties/adapters/mine_openmp.c -o mine_openmp.so -lm
 *   ./xent check ./mine_openmp.so */
#include <math.h>
#include <omp.h>
#include <string.h>

#include "reference/xent.h"

/* Threads add up in any order, each in binary32. */
enum { LONG_ROW = 256 };

typedef struct {
  const float* x;
  int64_t classes;
  int threads;
  float max, sum;
} softmax;

static softmax softmax_of(const float* x, int64_t classes, int threads) {
  float max = -INFINITY, sum = 0;
#pragma omp parallel for num_threads(threads) reduction(max : max) if (classes >= LONG_ROW)
  for (int64_t c = 0; c < classes; ++c) max = x[c] > max ? x[c] : max;
#pragma omp parallel for num_threads(threads) reduction(+ : sum) if (classes >= LONG_ROW)
  for (int64_t c = 0; c < classes; ++c) sum += expf(x[c] - max);
  return (softmax){x, classes, threads, max, sum};
}

/* (p - y) * factor. */
static void gradient_of(const softmax* s, int64_t target, float factor, float* g) {
#pragma omp parallel for num_threads(s->threads) if (s->classes >= LONG_ROW)
  for (int64_t c = 0; c < s->classes; ++c)
    g[c] = (expf(s->x[c] - s->max) / s->sum - (c == target ? 1.0F : 0.0F)) * factor;
}

static int64_t target_at(const xent_problem* p, int64_t row) {
  const int64_t at = row * p->targets.row_stride;
  return p->targets.format == XENT_INT64 ? ((const int64_t*)p->targets.data)[at]
                                         : ((const int32_t*)p->targets.data)[at];
}

static int is_ignored(const xent_problem* p, int64_t target) {
  return p->has_ignore_index && target == p->ignore_index;
}

static float do_row(const xent_problem* p, xent_result* r, int64_t row, float factor, int threads) {
  const int64_t target = target_at(p, row);
  float* g = r->grad.data == NULL ? NULL : (float*)r->grad.data + row * r->grad.row_stride;
  if (is_ignored(p, target)) {
    for (int64_t c = 0; g != NULL && c < p->classes; ++c) g[c] = 0;
    return 0;
  }
  const softmax s = softmax_of((const float*)p->input.data + row * p->input.row_stride, p->classes, threads);
  if (g != NULL) gradient_of(&s, target, factor, g);
  return (s.max - s.x[target]) + logf(s.sum);
}

/* Whoever asks under other rules than these gets no answer rather than a wrong one. */
static int is_supported(const xent_problem* p) {
  const xent_conventions* asked = &p->conventions;
  return strcmp(p->loss, "softmax_cross_entropy") == 0 && p->input.format == XENT_BINARY32 &&
         asked->denominator == XENT_VALID_ROWS && asked->all_ignored == XENT_POLICY_DEFAULT &&
         asked->all_masked == XENT_POLICY_DEFAULT && asked->target_out_of_range == XENT_POLICY_DEFAULT;
}

static xent_status compute(const xent_problem* p, xent_result* r) {
  if (!is_supported(p)) return XENT_UNSUPPORTED;
  int64_t valid = 0;
  for (int64_t row = 0; row < p->rows; ++row) {
    const int64_t target = target_at(p, row);
    if (is_ignored(p, target)) continue;
    if (target < 0 || target >= p->classes) return XENT_TARGET_OUT_OF_RANGE;
    ++valid;
  }
  const int threads = p->threads > 0 ? p->threads : omp_get_max_threads();
  const float divisor = p->reduction == XENT_MEAN ? (float)valid : 1;
  float* loss = r->loss.data;
  float total = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : total) if (p->rows > 1)
  for (int64_t row = 0; row < p->rows; ++row) {
    const float value = do_row(p, r, row, 1 / divisor, threads);
    if (p->reduction == XENT_NONE) loss[row * r->loss.row_stride] = value;
    total += value;
  }
  if (p->reduction != XENT_NONE) *loss = total / divisor;
  return XENT_OK;
}

static const xent_claim claims[] = {
    {.loss = "softmax_cross_entropy",
     .input_spaces = XENT_BIT(XENT_LOGITS),
     .input_formats = XENT_BIT(XENT_BINARY32),
     .target_formats = XENT_BIT(XENT_INT32) | XENT_BIT(XENT_INT64),
     .loss_formats = XENT_BIT(XENT_BINARY32),
     .grad_formats = XENT_BIT(XENT_BINARY32),
     .reductions = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN),
     .options = XENT_BIT(XENT_OPTION_HARD_TARGETS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX),
     .grade = "shifted"}};
static const xent_implementation mine = {.abi_version = XENT_ABI_VERSION,
                                         .claim_count = 1,
                                         .name = "mine_openmp.c",
                                         .version = "1",
                                         .claims = claims,
                                         .compute = compute};
const xent_implementation* xent_get_implementation(void) {
  return &mine;
}
