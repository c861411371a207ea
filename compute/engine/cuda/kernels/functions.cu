// Functions of one number that networks spend little time on. Those they do are in
// elementwise.cu.
#include "common.cuh"

// Jet is a function's value with its first two derivatives. Where there is a kink,
// the derivatives are those of package op.
struct Jet { float value, slope, bend; };

__device__ float logistic(float x) { return 1 / (1 + expf(-x)); }
__device__ float softplus(float x) { return (x < 0 ? 0 : x) + log1pf(expf(-fabsf(x))); }

__device__ Jet function(int kind, float x, float alpha, float beta) {
  const float tail = 1e3f; // beyond it nothing changes but infinities times 0
  const float c = fminf(fmaxf(x, -tail), tail);
  switch (kind) {
  case 11: { // SELU
    const float scale = 1.0507009873554805f;
    if (x > 0) return {scale * x, scale, 0};
    float slope = scale * 1.6732632423543772f * expf(x);
    return {scale * 1.6732632423543772f * expm1f(x), slope, slope};
  }
  case 12: { // CELU
    if (x > 0) return {x, 1, 0};
    float slope = expf(x / alpha);
    return {alpha * expm1f(x / alpha), slope, slope / alpha};
  }
  case 13: { // Mish
    float s = logistic(c), y = tanhf(softplus(c)), first = (1 - y * y) * s, second = first * (1 - s - 2 * y * s);
    return {(x < -tail ? -tail : x) * y, y + c * first, 2 * first + c * second};
  }
  case 14: { // Swish
    float s = logistic(c * beta), rest = logistic(-c * beta), first = s * rest * beta, second = first * (rest - s) * beta;
    return {(x < -tail ? -tail : x) * s, s + c * first, 2 * first + c * second};
  }
  case 15: { // LogSigmoid
    float s = logistic(x), rest = logistic(-x);
    return {-softplus(-x), rest, -s * rest};
  }
  case 16: // ThresholdedReLU
    if (x > alpha) return {x, 1, 0};
    return {x != x ? x : 0, 0, 0};
  case 17: { // Exp
    float y = expf(x);
    return {y, y, y};
  }
  case 18: // Log
    return {logf(x), 1 / x, -1 / (x * x)};
  case 19: { // Sqrt
    float y = sqrtf(x);
    return {y, 1 / (2 * y), -1 / (4 * y * x)};
  }
  case 20: // Abs
    return {fabsf(x), x > 0 ? 1 : x < 0 ? -1 : x, 0};
  case 21: // Reciprocal
    return {1 / x, -1 / (x * x), 2 / (x * x * x)};
  case 22: { // Erf
    float slope = 1.1283791670955126f * expf(-c * c);
    return {erff(x), slope, -2 * c * slope};
  }
  case 23: { // Sin
    float s = sinf(x);
    return {s, cosf(x), -s};
  }
  case 24: { // Cos
    float y = cosf(x);
    return {y, -sinf(x), -y};
  }
  case 25: { // Tan
    float y = tanf(x);
    return {y, 1 + y * y, 2 * y * (1 + y * y)};
  }
  case 26: // Sign
    return {x > 0 ? 1 : x < 0 ? -1 : x, 0, 0};
  case 27: // Floor
    return {floorf(x), 0, 0};
  case 28: // Ceil
    return {ceilf(x), 0, 0};
  case 29: // RoundEven
    return {rintf(x), 0, 0};
  }
  // Not a number, for a function that is not here.
  float none = x - x;
  return {none / none, none / none, none / none};
}

KERNEL(256) rare(float *y, const float *x, float2 parameters, int2 kind_n) {
  EACH(i, kind_n.y) y[i] = function(kind_n.x, x[i], parameters.x, parameters.y).value;
}

KERNEL(256) rare_back(float *dx, const float *x, const float *dy, float2 parameters, int2 kind_n) {
  EACH(i, kind_n.y) dx[i] = dy[i] * function(kind_n.x, x[i], parameters.x, parameters.y).slope;
}

KERNEL(256) rare_bend(float *dx, const float *x, const float *dy, float2 parameters, int2 kind_n) {
  EACH(i, kind_n.y) dx[i] = dy[i] * function(kind_n.x, x[i], parameters.x, parameters.y).bend;
}
