// Where the marks of the plots of a report go: worst errors by regime, on logarithmic axes.
#ifndef XENT_PROPERTIES_PLOT_H
#define XENT_PROPERTIES_PLOT_H

#include "properties/accuracy_profile.h"
#include "properties/json.h"

namespace xent::properties {

// The geometry of one plot, for a template to draw: width, height, bottom; ticks with x and label; a line
// ("edge") with x and label; rows with y, name, value, the dot's x, whether it is beyond the edge and whether
// it is infinite, and the cells of a distribution with x, width and opacity.
//
// Errors in ulps: dots are the worst, cells the share of outputs in each binade, and the edge is at half an
// ulp, below which an output is the nearest float.
Json ulp_plot(const LossAccuracy& loss);
// Errors over the bound of the claim, which is the edge.
Json ratio_plot(const LossAccuracy& loss);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_PLOT_H
