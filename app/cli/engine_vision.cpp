#include "app/cli/engine_vision.h"

#include "app/cli/hub/model_argument.h"

namespace orrery::engine {

protocol::SegmentResult SegmenterStore::segment(const protocol::SegmentParams& params,
                                                protocol::RequestContext& context) {
  const Turns::Turn turn(turns_, context.cancel);
  if (!segmenter_ || loadedFor_ != params.path) {
    segmenter_.reset();  // first, so that two models are not in memory at once
    LoadOptions options;
    options.model = cli::cachedModelPath(params.path);
    options.progress = context.progress;
    options.cancel = context.cancel;
    segmenter_ = runtime().segmenter(options);
    loadedFor_ = params.path;
  }
  std::string logits;
  protocol::SegmentResult result =
      segmenter_->segment(params, {context.cancel, context.progress}, logits);
  context.cancel.throwIfCancelled();
  result.arrays = context.sendArrays(std::move(logits));
  return result;
}

}  // namespace orrery::engine
