//! Tearline's use cases: where rules and memory meet.
