#pragma once

#include <QString>

#include "core/protocol/hub.h"

namespace orrery::ui {

/// What the words in the search box mean.
struct HubWords {
  QString text;   ///< to search for
  QString model;  ///< "org/name[@revision]" of a pasted address or a full name; else empty
  bool isAddress = false;
};

/// Reads words, "org/name" or an address of a model's page or of a file of it.
HubWords readHubWords(const QString& text);

/// "2024-05-01" of "2024-05-01T12:00:00.000Z".
QString dayOf(const std::string& time);

/// "312", "1.2 K", "20 K", "1.2 M", "7.2 B".
QString shortCount(double count);

/// "Fits", "Tight", "Does not fit"; empty for what is not told.
QString fitText(const std::string& kind);

}  // namespace orrery::ui
