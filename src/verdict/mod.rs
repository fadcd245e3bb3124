//! `judge(&Evidence)`: pure, small, the most reviewed file in the house.
