"""Talk that was had elsewhere, said again here at its own pace by one real client for each who spoke."""
