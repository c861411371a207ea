// Operations on elements, and rearrangements.
#include "common.cuh"

KERNEL(256) clip(float *y, const float *x, float2 limits, int2 n) {
  EACH(i, n.x) y[i] = clipped(x[i], limits);
}

// clip_back lets a gradient pass where the result lies between the limits.
KERNEL(256) clip_back(float *dx, const float *y, const float *dy, float2 limits, int2 n) {
  EACH(i, n.x) dx[i] = y[i] > limits.x && y[i] < limits.y ? dy[i] : 0;
}

// affine multiplies channels and, unless shift is null, adds to them.
KERNEL(256) affine(float *y, const float *x, const float *scale, const float *shift, int2 channels_size, float2 limits, int2 n) {
  EACH(i, n.x) {
    int c = i / channels_size.y % channels_size.x;
    float v = x[i] * scale[c];
    if (shift) v += shift[c];
    y[i] = clipped(v, limits);
  }
}

KERNEL(256) multiple(float *y, const float *x, float2 factor, int2 n) {
  EACH(i, n.x) y[i] = factor.x * x[i];
}

KERNEL(256) fill(float *y, float2 value, int2 n) {
  EACH(i, n.x) y[i] = value.x;
}

// spread gives each of a plane's elements the same share of a number.
KERNEL(256) spread(float *y, const float *x, int2 size_n) {
  EACH(i, size_n.y) y[i] = x[i / size_n.x] / size_n.x;
}

// combined is what arithmetic does to two numbers: 0 to 3 are the four basic
// operations, 4 takes the first.
__device__ float combined(int kind, const float *a, const float *b, int i, int j) {
  switch (kind) {
  case 0: return a[i] + b[j];
  case 1: return a[i] - b[j];
  case 2: return a[i] * b[j];
  case 3: return a[i] / b[j];
  }
  return a[i];
}

KERNEL(256) combine(float *y, const float *a, const float *b, int2 kind_n) {
  EACH(i, kind_n.y) y[i] = combined(kind_n.x, a, b, i, i);
}

// Four are the lengths of four axes or the steps along them.
struct Four { int2 outer, inner; };

// at is where element i of a box of those sides lies with those steps.
__device__ __forceinline__ int at(int i, const Four &sides, const Four &steps) {
  int place = i % sides.inner.y * steps.inner.y;
  i /= sides.inner.y;
  place += i % sides.inner.x * steps.inner.x;
  i /= sides.inner.x;
  return place + i % sides.outer.y * steps.outer.y + i / sides.outer.y * steps.outer.x;
}

#define FOUR(name) int2 name##_outer, int2 name##_inner
#define FOUR_OF(name) Four{name##_outer, name##_inner}

// combine_far repeats: the steps along an axis that does are 0.
KERNEL(256) combine_far(float *y, const float *a, const float *b, FOUR(sides), FOUR(steps_a), FOUR(steps_b), int2 kind_n) {
  const Four sides = FOUR_OF(sides), sa = FOUR_OF(steps_a), sb = FOUR_OF(steps_b);
  EACH(i, kind_n.y) y[i] = combined(kind_n.x, a, b, at(i, sides, sa), at(i, sides, sb));
}

// combine_channels repeats numbers of b along the inner axes, size elements each.
KERNEL(256) combine_channels(float *y, const float *a, const float *b, int2 kind_n, int2 size) {
  EACH(i, kind_n.y) y[i] = combined(kind_n.x, a, b, i, i / size.x);
}

// combine_sum adds up, for each element of y, a box of results; straight says of
// a and b whether the box's numbers lie one after the other.
KERNEL(256) combine_sum(float *y, const float *a, const float *b, FOUR(sides), FOUR(box), FOUR(steps_a), FOUR(steps_b), int2 kind_n, int2 straight) {
  const Four sides = FOUR_OF(sides), box = FOUR_OF(box), sa = FOUR_OF(steps_a), sb = FOUR_OF(steps_b);
  const int from_a = at(blockIdx.x, sides, sa), from_b = at(blockIdx.x, sides, sb);
  float sum = 0;
  for (int i = threadIdx.x; i < kind_n.y; i += blockDim.x)
    sum += combined(kind_n.x, a, b, from_a + (straight.x ? i : at(i, box, sa)), from_b + (straight.y ? i : at(i, box, sb)));
  sum = block_sum(sum);
  if (threadIdx.x == 0) y[blockIdx.x] = sum;
}

// move copies a box from one layout to another.
KERNEL(256) move(float *y, const float *x, FOUR(box), FOUR(to), FOUR(from), int2 begins, int2 n) {
  const Four box = FOUR_OF(box), to = FOUR_OF(to), from = FOUR_OF(from);
  EACH(i, n.x) y[begins.x + at(i, box, to)] = x[begins.y + at(i, box, from)];
}

// Functions of one number, with their first two derivatives. Where there is a
// kink, the derivatives are those of package op.
struct Jet { float value, slope, bend; };

__device__ float logistic(float x) { return 1 / (1 + expf(-x)); }

__device__ Jet function(int kind, float x, float alpha, float beta, float2 ramp) {
  const float tail = 1e3f; // beyond it nothing changes but infinities times 0
  switch (kind) {
  case 0: // LeakyReLU
    return x > 0 ? Jet{x, 1, 0} : Jet{alpha * x, alpha, 0};
  case 1: { // ELU
    if (x > 0) return {x, 1, 0};
    float slope = alpha * expf(x);
    return {alpha * expm1f(x), slope, slope};
  }
  case 2: { // Sigmoid
    float s = logistic(x), slope = s * logistic(-x);
    return {s, slope, slope * (1 - 2 * s)};
  }
  case 3: { // Tanh
    float y = tanhf(x), s = logistic(2 * x), slope = 4 * s * logistic(-2 * x);
    return {y, slope, -2 * y * slope};
  }
  case 4:   // SiLU
  case 8: { // GELUTanh: (1 + tanh u)/2 is the logistic function of 2u
    const float k = 1.5957691216057308f, cubic = 0.044715f;
    float c = fminf(fmaxf(x, -tail), tail);
    float ratio = 1, slope = 1, bend = 0;
    if (kind == 8) ratio = k * (1 + cubic * c * c), slope = k * (1 + 3 * cubic * c * c), bend = 6 * cubic * k * c;
    float s = logistic(c * ratio), rest = logistic(-c * ratio);
    float first = s * rest * slope, second = s * rest * (bend + (rest - s) * slope * slope);
    return {(x < -tail ? -tail : x) * s, s + c * first, 2 * first + c * second};
  }
  case 5: { // HardSigmoid, which rises between the ramp's ends
    float y = alpha * x + beta;
    if (ramp.x < x && x < ramp.y) return {y, alpha, 0};
    return {y < 0 ? 0 : y > 1 ? 1 : y, 0, 0};
  }
  case 6: // HardSwish
    if (x <= -3) return {0, 0, 0};
    if (x < 3) return {x * (x + 3) / 6, x / 3 + 0.5f, 1.f / 3};
    return {x, 1, 0};
  case 7: { // GELU
    float c = fminf(fmaxf(x, -tail), tail);
    float below = erfcf(-x * 0.70710678118654752f) / 2, density = expf(-c * c / 2) * 0.39894228040143268f;
    return {(x < -tail ? -tail : x) * below, below + c * density, density * (2 - c * c)};
  }
  case 9: { // Softplus
    float s = logistic(x), rest = logistic(-x);
    return {(x < 0 ? 0 : x) + log1pf(expf(-fabsf(x))), s, s * rest};
  }
  case 10: { // Softsign
    float sign = (x > 0) - (x < 0), share = 1 / (1 + fabsf(x));
    return {fabsf(x) > 1 ? sign * (1 - share) : x * share, share * share, -2 * sign * share * share * share};
  }
  }
  // Not a number, for a function that is not here.
  float none = x - x;
  return {none / none, none / none, none / none};
}

KERNEL(256) pointwise(float *y, const float *x, float2 parameters, float2 ramp, int2 kind_n) {
  EACH(i, kind_n.y) y[i] = function(kind_n.x, x[i], parameters.x, parameters.y, ramp).value;
}

KERNEL(256) pointwise_back(float *dx, const float *x, const float *dy, float2 parameters, float2 ramp, int2 kind_n) {
  EACH(i, kind_n.y) dx[i] = dy[i] * function(kind_n.x, x[i], parameters.x, parameters.y, ramp).slope;
}

KERNEL(256) pointwise_bend(float *dx, const float *x, const float *dy, float2 parameters, float2 ramp, int2 kind_n) {
  EACH(i, kind_n.y) dx[i] = dy[i] * function(kind_n.x, x[i], parameters.x, parameters.y, ramp).bend;
}

// prelu gives of values what lies where x is above 0, elsewhere a multiple:
// forward values is x, back it is the gradient.
KERNEL(256) prelu(float *y, const float *x, const float *weight, const float *values, int2 channels_size, int2 weights_n) {
  EACH(i, weights_n.y) {
    float v = values[i];
    if (!(x[i] > 0)) v *= weight[i / channels_size.y % channels_size.x % weights_n.x];
    y[i] = v;
  }
}
