//! Tearline's JSON API.
